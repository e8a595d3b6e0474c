use asyncio::gather;

fn spawn<F: Future + Send>(_: F) {}

async fn plain(n: u32) -> u32 {
    n
}

fn main() {
    let future = async {
        gather!(plain(1), async {
            let shared = std::rc::Rc::new(1);
            plain(1).await;
            drop(shared);
        })
        .await;
    };
    spawn(future); //~ ERROR future cannot be sent between threads safely
}
