use asyncio::timeout;

#[timeout(2s, or = name)] //~ ERROR use of moved value: `name`
async fn f(name: String) -> String {
    name
}

fn main() {}
