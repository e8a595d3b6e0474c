use asyncio::gather;

async fn push(all: &mut Vec<u32>) {
    all.push(1);
}

async fn f() {
    let mut all = Vec::new();
    gather!(push(&mut all), push(&mut all)).await; //~ ERROR cannot borrow `all` as mutable more than once at a time
}

fn main() {
    let _ = f();
}
