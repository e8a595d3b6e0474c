use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let page = gather!(user = plain(1), posts = plain(2)).await;
    println!("{}", page.usr); //~ ERROR no field `usr`
}

fn main() {
    let _ = f();
}
