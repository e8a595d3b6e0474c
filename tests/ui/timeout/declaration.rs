use asyncio::{TimeoutError, timeout};

pub trait Client {
    #[timeout(2s)]
    fn f(&self) -> impl Future<Output = Result<u32, TimeoutError>>; //~ ERROR needs a function with a body
}

fn main() {}
