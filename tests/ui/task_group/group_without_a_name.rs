use asyncio::task_group;

async fn f() {
    let _ = task_group!(|_| {}).await; //~ ERROR the group needs a name, to add children to
}

fn main() {
    let _ = f();
}
