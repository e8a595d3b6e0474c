use asyncio::create_subprocess_exec;

async fn body() {
    let _ = create_subprocess_exec("true", [""; 0]).universal_newlines(true).await; //~ ERROR no method named `universal_newlines`
}

fn main() {
    let _ = body();
}
