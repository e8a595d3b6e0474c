use asyncio::wait_first;

async fn f() {
    wait_first!(if let Some(n) = async { Some(1) } { //~ ERROR `Some(n)` does not match every value
        println!("{n}");
    });
}

fn main() {
    let _ = f();
}
