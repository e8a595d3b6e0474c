use asyncio::with;

struct Connection;

async fn f() {
    with(Connection, async |_| {}).await; //~ ERROR `Connection` has no exit that awaits //~ ERROR `Connection` has no exit that awaits //~ ERROR `Connection` has no exit that awaits
}

fn main() {
    let _ = f();
}
