use asyncio::{AsyncExit, Exit, with};

struct Connection<'a>(&'a str);

impl AsyncExit for Connection<'_> {
    async fn exit(self, _how: Exit) {}
}

async fn f() {
    let name = String::from("x");
    with(Connection(&name), async |_| {}).await; //~ ERROR `name` does not live long enough
}

fn main() {
    let _ = f();
}
