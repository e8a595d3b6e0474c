use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

struct Page {
    user: u32,
    posts: String,
}

async fn f() {
    let base = Page { user: 1, posts: String::new() };
    let page = gather!(Page { user: plain(1), ..base }).await; //~ ERROR every field is a branch of its own
    println!("{} {}", page.user, page.posts);
}

fn main() {
    let _ = f();
}
