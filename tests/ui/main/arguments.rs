#[asyncio::main]
async fn main(arguments: Vec<String>) { //~ ERROR `main` takes no arguments
    helper(arguments);
}

fn helper(_: Vec<String>) {}
