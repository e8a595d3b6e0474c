use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let message = &String::new();
    wait_first!(if let _ = plain(1) {
        message.
    }); //~ ERROR unexpected token
    println!("{message}");
}

fn main() {
    let _ = f();
}
