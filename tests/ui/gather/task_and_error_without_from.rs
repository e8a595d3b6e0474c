// Two mistakes: each branch has an error that does not convert.

use asyncio::{create_task, gather};

struct MyError;
struct AppError;

impl From<MyError> for AppError {
    fn from(_: MyError) -> Self {
        AppError
    }
}

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    let _ = gather!(
        create_task(async { 1 }), //~ ERROR the error of this branch does not convert into `AppError`
        create_task(ok(1)), //~ ERROR the errors of this task do not convert into `AppError`
        error = AppError
    )
    .await;
}

fn main() {
    let _ = f();
}
