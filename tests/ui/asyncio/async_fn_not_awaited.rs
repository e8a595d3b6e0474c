#![deny(unused_must_use)]

async fn work() {}

async fn body() {
    work(); //~ ERROR unused
}

fn main() {
    let _ = body();
}
