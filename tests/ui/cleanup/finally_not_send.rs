use asyncio::finally;

async fn f() {
    let shared = std::rc::Rc::new(1);
    let _cleanup = finally(async move { drop(shared) }); //~ ERROR future cannot be sent between threads safely
}

fn main() {
    let _ = f();
}
