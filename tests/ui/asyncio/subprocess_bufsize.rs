use asyncio::create_subprocess_exec;

async fn body() {
    let _ = create_subprocess_exec("true", [""; 0]).bufsize(4096).await; //~ ERROR no method named `bufsize`
}

fn main() {
    let _ = body();
}
