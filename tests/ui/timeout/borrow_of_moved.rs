use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f(list: Vec<u32>) -> Result<usize, TimeoutError> {
    drop(list);
    Ok(list.len()) //~ ERROR borrow of moved value
}

fn main() {}
