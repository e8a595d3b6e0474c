use asyncio::create_subprocess_exec;

async fn body() {
    let _ = create_subprocess_exec("true", [""; 0]).text(true).await; //~ ERROR no method named `text`
}

fn main() {
    let _ = body();
}
