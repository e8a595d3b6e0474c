use asyncio::create_subprocess_exec;

async fn body() {
    let _ = create_subprocess_exec("true", [""; 0]).encoding("utf-8").await; //~ ERROR no method named `encoding`
}

fn main() {
    let _ = body();
}
