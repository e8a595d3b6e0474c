//! Each of the warnings is silenced by `allow` and by `expect`, on the statement and on the function: this compiles
//! without one, and without an expectation that is not fulfilled.
#![deny(warnings)]
// clippy sees the guards too, which are a subject here.
#![allow(clippy::await_holding_lock)]

use asyncio::{gather, sleep, task_group, timeout, wait_first, wait_for};
use std::fs;
use std::sync::Mutex;
use std::time::Duration;

/// A call that blocks.
mod blocking {
    use super::*;

    #[timeout(2s, or = ())]
    pub(super) async fn on_statements() {
        #[allow(deprecated)]
        std::thread::sleep(Duration::ZERO);
        #[expect(deprecated)]
        std::thread::sleep(Duration::ZERO);
        #[allow(deprecated)]
        let _ = fs::read("x");
        #[expect(deprecated)]
        let _ = fs::read("x");
    }

    #[timeout(2s, or = ())]
    #[allow(deprecated)]
    pub(super) async fn allowed() {
        let _ = fs::read("x");
    }

    #[timeout(2s, or = ())]
    #[expect(deprecated)]
    pub(super) async fn expected() {
        let _ = fs::read("x");
    }

    #[asyncio::test]
    #[allow(deprecated)]
    async fn allowed_on_a_test() {
        let _ = fs::read("x");
    }

    #[asyncio::test]
    #[expect(deprecated)]
    async fn expected_on_a_test() {
        let _ = fs::read("x");
    }
}

/// A call that blocks, in the arguments of a macro.
mod in_arguments {
    use super::*;
    use std::future::ready;

    pub(super) async fn on_statements() {
        #[allow(deprecated)]
        let _ = gather!(ready(fs::read("x"))).await;
        #[expect(deprecated)]
        let _ = gather!(ready(fs::read("x"))).await;
        #[allow(deprecated)]
        let _ = wait_for!(ready(fs::read("x")), 1s).await;
        #[expect(deprecated)]
        let _ = wait_for!(ready(fs::read("x")), 1s).await;
        #[expect(deprecated)]
        let _ = gather!(..[ready(fs::read("x"))], limit = 1).await;
        #[expect(deprecated)]
        let _ = wait_first!(if let read = ready(fs::read("x")) {
            read
        });
    }

    #[allow(deprecated)]
    pub(super) async fn allowed() {
        let _ = gather!(ready(fs::read("x"))).await;
    }

    #[expect(deprecated)]
    pub(super) async fn expected() {
        let _ = wait_for!(ready(fs::read("x")), 1s).await;
    }
}

/// The guard of a lock that is held while something is awaited.
mod guards {
    use super::*;

    #[timeout(2s, or = 0)]
    pub(super) async fn allowed_on_the_statement() -> u32 {
        let shared = Mutex::new(1);
        #[allow(deprecated)]
        let guard = shared.lock().unwrap();
        sleep(0).await;
        *guard
    }

    #[timeout(2s, or = 0)]
    pub(super) async fn expected_on_the_statement() -> u32 {
        let shared = Mutex::new(1);
        #[expect(deprecated)]
        let guard = shared.lock().unwrap();
        sleep(0).await;
        *guard
    }

    #[timeout(2s, or = 0)]
    #[allow(deprecated)]
    pub(super) async fn allowed() -> u32 {
        let shared = Mutex::new(1);
        let guard = shared.lock().unwrap();
        sleep(0).await;
        *guard
    }

    #[timeout(2s, or = 0)]
    #[expect(deprecated)]
    pub(super) async fn expected() -> u32 {
        let shared = Mutex::new(1);
        let guard = shared.lock().unwrap();
        sleep(0).await;
        *guard
    }
}

/// A future that is kept by reference and not polled while a block awaits.
mod kept {
    use super::*;
    use std::pin::pin;

    pub(super) async fn on_statements() {
        let mut kept = pin!(sleep(5));
        // On a macro that is all of a statement rustc ignores attributes: hence the braces.
        #[allow(deprecated)]
        {
            wait_first!(if let () = kept.as_mut() {
            } else if let _ = sleep(0) {
                sleep(0).await;
            });
        }
        #[expect(deprecated)]
        {
            wait_first!(if let () = kept.as_mut() {
            } else if let _ = sleep(0) {
                sleep(0).await;
            });
        }
        #[expect(deprecated)]
        let _ = wait_first!(if let () = &mut kept {
            1
        } else if let _ = sleep(0) {
            sleep(0).await;
            2
        });
    }

    #[allow(deprecated)]
    pub(super) async fn allowed() {
        let mut kept = pin!(sleep(5));
        wait_first!(if let () = kept.as_mut() {
        } else if let _ = sleep(0) {
            sleep(0).await;
        });
    }

    #[expect(deprecated)]
    pub(super) async fn expected() {
        let mut kept = pin!(sleep(5));
        wait_first!(if let () = kept.as_mut() {
        } else if let _ = sleep(0) {
            sleep(0).await;
        });
    }
}

/// A time limit that is longer than the one around it.
mod limits {
    use super::*;

    #[timeout(2s, or = ())]
    pub(super) async fn on_statements() {
        #[allow(deprecated)]
        let _ = wait_for!(sleep(0), 5s).await;
        #[expect(deprecated)]
        let _ = wait_for!(sleep(0), 5s).await;
        #[allow(deprecated)]
        let _ = wait_for!(wait_for!(sleep(0), 1s), 500ms).await;
        #[expect(deprecated)]
        let _ = wait_for!(wait_for!(sleep(0), 1s), 500ms).await;
    }

    #[timeout(2s, or = ())]
    #[allow(deprecated)]
    pub(super) async fn allowed() {
        let _ = wait_for!(sleep(0), 5s).await;
    }

    #[timeout(2s, or = ())]
    #[expect(deprecated)]
    pub(super) async fn expected() {
        let _ = wait_for!(sleep(0), 5s).await;
    }
}

/// There is nothing to silence in what a group is given: it is code like any other.
async fn in_a_group() -> u32 {
    let group = task_group!(|tg| {
        tg.create_value(async { fs::read("x").map_or(1, |_| 2) })
            .await
            .unwrap_or(0)
    });
    group.await.unwrap_or(0)
}

#[asyncio::test(real_time)]
async fn they_all_run() {
    blocking::on_statements().await;
    blocking::allowed().await;
    blocking::expected().await;
    in_arguments::on_statements().await;
    in_arguments::allowed().await;
    in_arguments::expected().await;
    let guards = gather!(
        guards::allowed_on_the_statement(),
        guards::expected_on_the_statement(),
        guards::allowed(),
        guards::expected(),
    );
    assert_eq!(guards.await, (1, 1, 1, 1));
    kept::on_statements().await;
    kept::allowed().await;
    kept::expected().await;
    limits::on_statements().await;
    limits::allowed().await;
    limits::expected().await;
    assert_eq!(in_a_group().await, 1);
}
