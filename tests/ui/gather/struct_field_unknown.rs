use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

struct Page {
    user: u32,
    posts: String,
}

async fn f() {
    let page = gather!(Page {
        user: plain(1),
        posts: async { String::new() },
        tags: plain(1), //~ ERROR has no field named `tags`
    })
    .await;
    println!("{} {}", page.user, page.posts);
}

fn main() {
    let _ = f();
}
