use asyncio::task_group;

async fn f() {
    let _ = task_group!(|| {}).await; //~ ERROR the block is given the group, to add children to
}

fn main() {
    let _ = f();
}
