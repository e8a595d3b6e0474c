async fn body() {
    let _ = asyncio::create_subprocess_exec("true", [""; 0]).text(true).await; //~ ERROR no method named `text`
    let _ = asyncio::create_subprocess_exec("true", [""; 0]).bufsize(4096).await; //~ ERROR no method named `bufsize`
    let _ = asyncio::create_subprocess_exec("true", [""; 0]).encoding("utf-8").await; //~ ERROR no method named `encoding`
    let _ = asyncio::create_subprocess_exec("true", [""; 0]).universal_newlines(true).await; //~ ERROR no method named `universal_newlines`
}

fn main() {
    let _ = body();
}
