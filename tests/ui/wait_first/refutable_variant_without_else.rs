use asyncio::wait_first;

enum Message {
    A(u32),
    #[allow(dead_code)]
    B,
}

async fn get() -> Message {
    Message::A(1)
}

async fn f() {
    wait_first!(if let Message::A(n) = get() { //~ ERROR refutable pattern in local binding
        println!("{n}");
    });
}

fn main() {
    let _ = f();
}
