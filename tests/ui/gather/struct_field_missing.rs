use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

struct Page {
    user: u32,
    posts: String,
}

async fn f() {
    let page = gather!(Page { user: plain(1) }).await; //~ ERROR missing field `posts`
    println!("{} {}", page.user, page.posts);
}

fn main() {
    let _ = f();
}
