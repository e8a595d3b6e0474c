//! The expansions name nothing that a user can take away or put in the way.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    unused,
    clippy::all,
    clippy::pedantic,
    missing_docs,
    missing_debug_implementations,
    non_snake_case,
    unreachable_pub,
    unused_braces,
    unused_parens,
    unused_qualifications,
    single_use_lifetimes,
    trivial_casts,
    let_underscore_drop
)]
// About the test's own code.
#![allow(
    clippy::ignored_unit_patterns,
    clippy::many_single_char_names,
    clippy::unused_async
)]

/// No prelude, and names of the user's for what the expansions might mean.
mod hostile {
    #![no_implicit_prelude]
    #![allow(dead_code, missing_debug_implementations, clippy::pedantic)]

    use ::asyncio::{create_task, gather, sleep, task_group, wait_first};
    // What a program may call our dependencies, or a library of its own.
    #[allow(unused_imports)]
    use ::std as tokio;
    #[allow(unused_imports)]
    use ::std as futures;

    mod core {}
    mod std {}
    mod asyncio {}
    mod usize {}
    enum Option {
        Some,
        None,
    }
    enum Result {
        Ok,
        Err,
    }
    struct Box;
    struct Vec;
    struct Some;
    struct Ok;
    struct Err;
    struct None;
    struct Send;
    struct Future;
    struct Pending;
    struct Done;
    struct Gathered;
    #[allow(unused_macros)]
    macro_rules! unreachable {
        () => {};
    }

    /// Methods for everything, with the names that the expansions use.
    trait Everywhere: ::core::marker::Sized {
        fn check(self) {}
        fn show(&self) {}
        fn put(&self) {}
        fn take(self) {}
        fn take_all(self) {}
        fn keep(self) {}
        fn keep_all(self) {}
        fn gather(self) {}
        fn failure(&self) {}
        fn known(self) {}
        fn wait(self) {}
        fn race(self) {}
        fn poll(self) {}
        fn whole(self) {}
        fn is_none(&self) {}
        fn is_empty(&self) {}
        fn cancel(&self) {}
        fn into_future(self) {}
        fn await_(self) {}
        fn all(self) {}
        fn class(self) {}
        fn done(self) {}
        fn found(self) {}
        fn join(self) {}
        fn split(self) {}
        fn deref(&self) {}
    }
    impl<T> Everywhere for T {}

    async fn plain(n: u32) -> u32 {
        n
    }

    async fn fallible(n: u32) -> ::core::result::Result<u32, ::std::io::Error> {
        ::core::result::Result::Ok(n)
    }

    struct Page {
        user: u32,
        posts: ::std::vec::Vec<u32>,
    }

    pub(super) async fn gathers() -> ::core::result::Result<u32, ::std::io::Error> {
        let so_far = 1;
        let private = 2;
        let (a, b) = gather!(plain(so_far), plain(private)).await;
        let (c, d) = gather!(fallible(1), create_task(plain(2))).await?;
        let e = gather!(..[plain(1), plain(2)], limit = 1).await;
        let f = gather!(user = plain(1), posts = plain(2)).await;
        let page = gather!(Page {
            user: plain(1),
            posts: ..[fallible(1)]
        })
        .await?;
        let (_g, _h) = gather!(fallible(1), plain(1), return_exceptions = true).await;
        let (i, j) = gather!(fallible(1), plain(1), error = ::std::io::Error).await?;
        ::core::result::Result::Ok(
            a + b + c + d + e[0] + f.user + f.posts + page.user + page.posts[0] + i + j,
        )
    }

    pub(super) async fn groups() -> u32 {
        let group = 1;
        let body = 2;
        let kind = &body;
        let sum = task_group!(|tg| {
            let one = tg.create_value(plain(group));
            let two = tg.create_task(fallible(*kind));
            one.await.unwrap_or(0) + two.await.unwrap_or(0)
        })
        .await;
        let moved = task_group!(move |tg| {
            tg.create_value(plain(body));
            body
        })
        .await;
        sum.unwrap_or(0) + moved.unwrap_or(0)
    }

    pub(super) async fn waits() -> u32 {
        let (done, pending) =
            wait_first!(create_task(plain(1)), create_task(plain(2)), timeout = 10s).await;
        let _rest = pending.await;
        let (named, pending) =
            wait_first!(one = create_task(plain(1)), two = create_task(sleep(0.01))).await;
        let (_, pending) = wait_first!(..pending, timeout = 0s).await;
        let _rest = pending.await;
        let (first, rest) = wait_first!(..[create_task(plain(1))]).await;
        let on = true;
        let value = wait_first!(if on && let n = plain(1) {
            n
        } else if let () = sleep(10) {
            2
        });
        let other = wait_first!(if let ::core::result::Result::Ok(n) = fallible(1) {
            n
        } else if let _ = sleep(10) {
            2
        } else {
            3
        });
        let _all = (done.0, named.one, first.len(), rest.len());
        value + other
    }
}

#[tokio::test]
async fn no_prelude_and_hostile_names() {
    assert_eq!(hostile::gathers().await.unwrap(), 14);
    assert_eq!(hostile::groups().await, 5);
    assert_eq!(hostile::waits().await, 2);
}

mod lints {
    //! Under every lint above.

    use asyncio::{create_task, gather, sleep, wait_first};

    async fn one() -> u32 {
        1
    }

    async fn fallible() -> Result<u32, std::io::Error> {
        Ok(1)
    }

    pub(super) async fn all() -> Result<u32, std::io::Error> {
        let (a, (), _b) = gather!(one(), sleep(0), create_task(one())).await?;
        let all = gather!(..(0..2).map(|_| one()), limit = 2).await;
        let named = gather!(user = one(), r#type = fallible()).await?;
        let (done, pending) = wait_first!(create_task(one()), create_task(one())).await;
        pending.await;
        let (up_and_down, pending) =
            wait_first!(up = create_task(one()), down = create_task(one())).await;
        drop(pending);
        let first = wait_first!(if let n = one() {
            n
        } else if let _ = sleep(10) {
            2
        });
        let mut kept = std::pin::pin!(one());
        #[allow(deprecated)]
        let n = wait_first!(if let n = kept.as_mut() {
            n
        } else if let n = one() {
            n + one().await
        });
        assert_eq!(n, 1);
        drop((done, up_and_down.up, up_and_down.down));
        wait_first!(if let Ok(n) = fallible() {
            Ok(n + a + all[0] + named.user + named.r#type + first)
        } else {
            Ok(0)
        })
    }
}

#[tokio::test]
async fn no_lint_fires_in_an_expansion() {
    assert_eq!(lints::all().await.unwrap(), 6);
}

mod in_macros {
    //! Called by `macro_rules!` of the user's.

    use asyncio::{create_task, gather, sleep, task_group, wait_first};

    macro_rules! both {
        ($a:expr, $b:expr) => {
            gather!($a, $b)
        };
    }

    macro_rules! all {
        ($all:expr, $limit:expr) => {
            gather!(..$all, limit = $limit)
        };
    }

    macro_rules! first {
        ($a:expr, $b:expr) => {
            wait_first!($a, $b)
        };
    }

    macro_rules! limited {
        ($future:expr, $value:pat, $then:block, $limit:literal) => {
            wait_first!(if let $value = $future $then else if let _ = sleep($limit) { 0 })
        };
    }

    macro_rules! converted {
        ($a:expr, $error:ty) => {
            gather!($a, error = $error).await
        };
    }

    macro_rules! grouped {
        ($tg:ident, $body:block) => {
            task_group!(|$tg| $body).await
        };
    }

    macro_rules! named {
        ($name:ident, $future:expr) => {
            gather!($name = $future).await.$name
        };
    }

    pub(super) async fn all() -> u32 {
        let (a, b) = both!(async { 1 }, async { 2 }).await;
        let c = all!([async { 3 }], 1).await;
        let (done, pending) = first!(create_task(async { 4 }), create_task(async { 5 })).await;
        drop(pending);
        let d = done.0.unwrap().unwrap();
        let e = limited!(async { 5 }, n, { n }, 10);
        let (f,) = converted!(async { "0".parse::<u32>() }, std::num::ParseIntError).unwrap();
        let g = grouped!(tg, { tg.create_value(async { 0 }).await.unwrap_or(7) });
        a + b + c[0] + d + e + f + g.unwrap() + named!(user, async { 6 })
    }
}

#[tokio::test]
async fn in_macros_of_the_users() {
    assert_eq!(in_macros::all().await, 21);
}
