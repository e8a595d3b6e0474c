use asyncio::wait_first;

async fn f() {
    wait_first! {
        Some(n) = async { Some(1) } => println!("{n}"), //~ ERROR this is `tokio::select!` syntax
        else => {}
    }
}

fn main() {
    let _ = f();
}
