// Two mistakes.

#[asyncio::main(flavor = "fast", threads = 4)] //~ ERROR there is no flavor `fast` //~ ERROR has no option `threads`
async fn main() {}
