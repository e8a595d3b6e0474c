use asyncio::wait_first;

async fn f() {
    wait_first!(if let n = 3 { //~ ERROR expected a future, found `{integer}`
        println!("{n}");
    });
}

fn main() {
    let _ = f();
}
