//! `gather!`: every form, on the virtual clock of Tokio.

use asyncio::gather;
use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, Clone)]
struct MyError(&'static str);

#[derive(Debug, PartialEq)]
struct Other;

#[derive(Debug, PartialEq)]
enum AppError {
    My(MyError),
    Other,
}

impl From<MyError> for AppError {
    fn from(error: MyError) -> Self {
        AppError::My(error)
    }
}

impl From<Other> for AppError {
    fn from(_: Other) -> Self {
        AppError::Other
    }
}

const MS: Duration = Duration::from_millis(1);

async fn plain(n: u32) -> u32 {
    sleep(MS * n).await;
    n
}

async fn ok(n: u32) -> Result<u32, MyError> {
    sleep(MS * n).await;
    Ok(n)
}

async fn fails(n: u32) -> Result<&'static str, MyError> {
    sleep(MS * n).await;
    Err(MyError("boom"))
}

async fn other() -> Result<(), Other> {
    Err(Other)
}

fn opaque(n: u32) -> impl Future<Output = Result<u32, MyError>> + Send {
    ready(Ok(n))
}

fn boxed(n: u32) -> Pin<Box<dyn Future<Output = Result<u32, MyError>> + Send>> {
    Box::pin(ok(n))
}

#[tokio::test(start_paused = true)]
async fn plain_outputs_are_a_tuple() {
    let start = Instant::now();
    let (a, b): (u32, u32) = gather!(plain(3), plain(2)).await;
    assert_eq!((a, b), (3, 2));
    assert_eq!(start.elapsed(), MS * 3);
    let () = gather!().await;
    let (a,) = gather!(plain(1)).await;
    assert_eq!(a, 1);
}

#[tokio::test(start_paused = true)]
async fn any_result_makes_it_a_result() {
    let both: Result<(u32, u32), MyError> = gather!(ok(1), opaque(2)).await;
    assert_eq!(both, Ok((1, 2)));
    let mixed: Result<(u32, u32, ()), MyError> = gather!(plain(1), ok(2), sleep(MS)).await;
    assert_eq!(mixed, Ok((1, 2, ())));
}

#[tokio::test(start_paused = true)]
async fn the_first_error_ends_it() {
    let start = Instant::now();
    let result = gather!(plain(100), fails(3)).await;
    assert_eq!(result, Err(MyError("boom")));
    assert_eq!(start.elapsed(), MS * 3);
}

#[tokio::test(start_paused = true)]
async fn errors_are_inferred() {
    assert_eq!(gather!(async { Ok(1) }, ok(2)).await, Ok((1, 2)));
    let result: Result<_, MyError> = gather!(async { Ok(1u8) }, async { Ok("x") }).await;
    assert_eq!(result, Ok((1, "x")));
    async fn questions() -> Result<(u32, u32), MyError> {
        let (a, b) = gather!(
            async {
                ok(1).await?;
                Ok(7)
            },
            async { plain(1).await }
        )
        .await?;
        Ok((a, b))
    }
    assert_eq!(questions().await, Ok((7, 1)));
}

#[tokio::test(start_paused = true)]
async fn borrowed_boxed_and_pinned_futures() {
    let mut first = boxed(3);
    let mut second = pin!(ok(4));
    let result = gather!(&mut first, second.as_mut(), boxed(5)).await;
    assert_eq!(result, Ok((3, 4, 5)));
}

#[tokio::test(start_paused = true)]
async fn nested() {
    let result = gather!(gather!(ok(1), plain(2)), gather!(plain(3), plain(4)), ok(5)).await;
    assert_eq!(result, Ok(((1, 2), (3, 4), 5)));
}

#[tokio::test(start_paused = true)]
async fn an_option_is_not_special() {
    let (nothing, unit): (Option<u8>, ()) = gather!(ready(None), async {}).await;
    assert_eq!((nothing, unit), (None, ()));
}

#[tokio::test(start_paused = true)]
async fn temporaries_live_to_the_end_of_the_statement() {
    async fn length(text: &str) -> usize {
        text.len()
    }
    let (a,) = gather!(length(&String::from("abc"))).await;
    assert_eq!(a, 3);
}

#[tokio::test(start_paused = true)]
async fn locals_are_borrowed() {
    let name = String::from("abc");
    let mut count = 0;
    let (a, ()) = gather!(async { name.len() }, async { count += 1 }).await;
    assert_eq!((a, count), (3, 1));
}

async fn generic_results<T, E>(
    a: impl Future<Output = Result<T, E>>,
    b: impl Future<Output = Result<T, E>>,
) -> Result<(T, T), E> {
    gather!(a, b).await
}

async fn generic_outputs<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    gather!(a, b).await
}

trait Service {
    type Out;
    fn call(&self) -> impl Future<Output = Self::Out>;
    fn attempt(&self) -> impl Future<Output = Result<Self::Out, MyError>>;
}

impl Service for u32 {
    type Out = u32;
    async fn call(&self) -> u32 {
        *self
    }
    async fn attempt(&self) -> Result<u32, MyError> {
        Ok(*self)
    }
}

async fn projected<S: Service>(s: &S) -> (S::Out, S::Out) {
    gather!(s.call(), s.call()).await
}

async fn projected_results<S: Service>(s: &S) -> Result<(S::Out, S::Out), MyError> {
    gather!(s.attempt(), s.attempt()).await
}

#[tokio::test(start_paused = true)]
async fn generic_code_is_decided_where_it_is_written() {
    assert_eq!(generic_results(ok(1), ok(2)).await, Ok((1, 2)));
    let (result, _) = generic_outputs(ok(1), plain(1)).await;
    assert_eq!(result, Ok(1));
    assert_eq!(projected(&1).await, (1, 1));
    assert_eq!(projected_results(&1).await, Ok((1, 1)));
}

#[tokio::test(start_paused = true)]
async fn return_exceptions_takes_every_outcome() {
    let (a, b) = gather!(fails(1), ok(2), return_exceptions = true).await;
    assert_eq!((a, b), (Err(MyError("boom")), Ok(2)));
    let all = gather!(..[fails(1), fails(2)], return_exceptions = true).await;
    assert_eq!(all.len(), 2);
    // `false` is what it is without.
    let both = gather!(ok(1), ok(2), return_exceptions = false).await;
    assert_eq!(both, Ok((1, 2)));
}

#[tokio::test(start_paused = true)]
async fn different_errors_convert_into_the_one_named() {
    let result = gather!(ok(1), other(), error = AppError).await;
    assert_eq!(result, Err(AppError::Other));
    let result = gather!(fails(1), plain(2), error = AppError).await;
    assert_eq!(result, Err(AppError::My(MyError("boom"))));
    let result = gather!(..[ok(1), ok(2)], error = AppError).await;
    assert_eq!(result, Ok(vec![1, 2]));
}

#[tokio::test(start_paused = true)]
async fn a_question_mark_in_an_argument_is_the_functions() {
    async fn f() -> Result<u32, MyError> {
        let (a,) = gather!(plain(ok(1).await?)).await;
        Ok(a)
    }
    assert_eq!(f().await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn a_spread_is_a_vec_in_order() {
    let values: Vec<u32> = gather!(..(0..3).rev().map(plain)).await;
    assert_eq!(values, [2, 1, 0]);
    let results = gather!(..vec![1, 2].into_iter().map(ok)).await;
    assert_eq!(results, Ok(vec![1, 2]));
    let (first, rest) = gather!(plain(9), ..[boxed(1), boxed(2)]).await.unwrap();
    assert_eq!((first, rest), (9, vec![1, 2]));
    let none: Vec<u32> = gather!(..std::iter::empty::<std::future::Ready<u32>>()).await;
    assert!(none.is_empty());
    let failed = gather!(..[fails(2), fails(1)]).await;
    assert_eq!(failed, Err(MyError("boom")));
}

#[tokio::test(start_paused = true)]
async fn a_limit_bounds_how_many_run_at_once() {
    let start = Instant::now();
    let values = gather!(..(0..10).map(|_| plain(10)), limit = 2).await;
    assert_eq!(values.len(), 10);
    assert_eq!(start.elapsed(), MS * 50);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`limit` must be at least 1")]
async fn a_limit_of_zero_panics() {
    let limit = "".len();
    let _ = gather!(..[plain(1)], limit = limit).await;
}

#[derive(Debug, PartialEq)]
struct Page {
    user: u32,
    posts: Vec<u32>,
}

#[tokio::test(start_paused = true)]
async fn into_a_struct() {
    let page = gather!(Page {
        user: plain(1),
        posts: ..[plain(1), plain(2)]
    })
    .await;
    let (user, posts) = (1, vec![1, 2]);
    assert_eq!(page, Page { user, posts });
    let user = ok(1);
    let Page { user, posts } = gather!(Page {
        user,
        posts: async { vec![] }
    })
    .await
    .unwrap();
    assert_eq!((user, posts), (1, vec![]));
}

#[tokio::test(start_paused = true)]
async fn named_branches() {
    let page = gather!(user = plain(1), posts = async { vec![1] }).await;
    assert_eq!((page.user, &page.posts), (1, &vec![1]));
    assert_eq!(format!("{page:?}"), "Gathered { user: 1, posts: [1] }");
    let page = gather!(user = ok(1), posts = ..[plain(1), plain(2)])
        .await
        .unwrap();
    assert_eq!((page.user, page.posts), (1, vec![1, 2]));
    let page = gather!(r#limit = plain(1), r#type = plain(2)).await;
    assert_eq!((page.limit, page.r#type), (1, 2));
}

#[tokio::test]
async fn it_can_be_spawned_where_its_branches_can() {
    let urls = [String::from("a"), String::from("bc")];
    async fn fetch(url: &str) -> Result<usize, MyError> {
        tokio::task::yield_now().await;
        Ok(url.len())
    }
    let task = tokio::spawn(async move {
        let lengths = gather!(..urls.iter().map(|url| fetch(url)), limit = 1).await?;
        let (first, rest) = gather!(fetch(&urls[0]), ..urls.iter().map(|url| fetch(url))).await?;
        Ok::<_, MyError>((lengths, first, rest))
    });
    assert_eq!(task.await.unwrap(), Ok((vec![1, 2], 1, vec![1, 2])));
}

#[tokio::test]
async fn branches_need_not_be_send() {
    let shared = std::rc::Rc::new(std::cell::Cell::new(0));
    let add = |n| {
        let shared = shared.clone();
        async move {
            tokio::task::yield_now().await;
            shared.set(shared.get() + n);
        }
    };
    let ((), ()) = gather!(add(1), add(2)).await;
    assert_eq!(shared.get(), 3);
}

mod tasks {
    use super::*;
    use asyncio::{CancelledError, Task, create_task};

    #[derive(Debug, PartialEq)]
    enum TaskError {
        Cancelled,
        Mine,
    }

    impl From<CancelledError> for TaskError {
        fn from(_: CancelledError) -> Self {
            TaskError::Cancelled
        }
    }

    async fn may_fail(fail: bool) -> Result<u32, TaskError> {
        tokio::task::yield_now().await;
        if fail { Err(TaskError::Mine) } else { Ok(1) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_can_be_cancelled() {
        let both: Result<(u32, u32), CancelledError> =
            gather!(create_task(plain(1)), plain(2)).await;
        assert_eq!(both, Ok((1, 2)));
        let task = create_task(plain(1));
        task.cancel();
        assert_eq!(gather!(plain(2), task).await, Err(CancelledError::new()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_that_can_say_so_is_flattened() {
        let task = create_task(may_fail(false));
        let both: Result<(u32, u32), TaskError> = gather!(task, plain(2)).await;
        assert_eq!(both, Ok((1, 2)));
        let task = create_task(may_fail(true));
        assert_eq!(gather!(plain(2), task).await, Err(TaskError::Mine));
        let task = create_task(may_fail(false));
        task.cancel();
        assert_eq!(gather!(task).await, Err(TaskError::Cancelled));
    }

    #[tokio::test(start_paused = true)]
    async fn a_plain_task_adopts_the_error_of_the_others() {
        let first: Result<(u32, u32), TaskError> =
            gather!(create_task(plain(1)), may_fail(false)).await;
        assert_eq!(first, Ok((1, 1)));
        let last: Result<(u32, u32), TaskError> =
            gather!(may_fail(false), create_task(plain(1))).await;
        assert_eq!(last, Ok((1, 1)));
        let task = create_task(plain(1));
        task.cancel();
        assert_eq!(
            gather!(task, may_fail(false)).await,
            Err(TaskError::Cancelled)
        );
        let io = gather!(create_task(plain(1)), async { std::io::Result::Ok(1) }).await;
        assert_eq!(io.unwrap(), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn borrowed_tasks() {
        let (mut one, mut two) = (create_task(plain(1)), create_task(may_fail(false)));
        let both: Result<(u32, u32), TaskError> = gather!(&mut one, &mut two).await;
        assert_eq!(both, Ok((1, 1)));
    }

    #[tokio::test(start_paused = true)]
    async fn they_keep_running_after_an_error() {
        let mut task = create_task(plain(5));
        assert_eq!(
            gather!(&mut task, may_fail(true)).await,
            Err(TaskError::Mine)
        );
        assert_eq!(task.await, Ok(5));
    }

    #[tokio::test(start_paused = true)]
    async fn spreads() {
        let tasks: Vec<Task<u32>> = (0..3).map(|n| create_task(plain(n))).collect();
        assert_eq!(gather!(..tasks).await, Ok(vec![0, 1, 2]));
        let tasks = [create_task(may_fail(false)), create_task(may_fail(false))];
        let values: Result<Vec<u32>, TaskError> = gather!(..tasks).await;
        assert_eq!(values, Ok(vec![1, 1]));
        let mut tasks = [create_task(plain(1)), create_task(plain(2))];
        let mixed = gather!(..tasks.iter_mut(), may_fail(false)).await;
        assert_eq!(mixed, Ok((vec![1, 2], 1)));
        let none = gather!(..std::iter::empty::<Task<u32>>()).await;
        assert_eq!(none, Ok(vec![]));
    }

    #[tokio::test(start_paused = true)]
    async fn return_exceptions() {
        let (plain_task, result_task) = (create_task(plain(1)), create_task(may_fail(true)));
        let mute_task = create_task(ok(1));
        let all = gather!(plain_task, result_task, mute_task, return_exceptions = true).await;
        assert_eq!(all, (Ok(1), Err(TaskError::Mine), Ok(Ok(1))));
        let tasks = [create_task(may_fail(true)), create_task(may_fail(false))];
        let all = gather!(..tasks, return_exceptions = true).await;
        assert_eq!(all, [Err(TaskError::Mine), Ok(1)]);
    }

    #[derive(Debug, PartialEq)]
    struct Any(String);
    impl<E: std::error::Error> From<E> for Any {
        fn from(error: E) -> Self {
            Any(error.to_string())
        }
    }
    impl std::fmt::Display for MyError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }
    impl std::error::Error for MyError {}

    #[tokio::test(start_paused = true)]
    async fn both_errors_of_a_task_convert_into_the_one_named() {
        let values = gather!(
            create_task(ok(1)),
            create_task(plain(2)),
            ok(3),
            error = Any
        )
        .await;
        assert_eq!(values, Ok((1, 2, 3)));
        let failed = gather!(create_task(fails(1)), plain(2), error = Any).await;
        assert_eq!(failed, Err(Any("boom".into())));
        let task = create_task(ok(1));
        task.cancel();
        assert_eq!(
            gather!(task, error = Any).await,
            Err(Any("cancelled".into()))
        );
        let tasks = [create_task(ok(1)), create_task(ok(2))];
        assert_eq!(gather!(..tasks, error = Any).await, Ok(vec![1, 2]));
    }

    #[tokio::test(start_paused = true)]
    async fn generic_tasks() {
        async fn both<T, E: From<CancelledError>>(
            a: Task<Result<T, E>>,
            b: Task<T>,
        ) -> Result<(T, T), E> {
            gather!(a, b).await
        }
        assert_eq!(
            both(create_task(may_fail(false)), create_task(plain(1))).await,
            Ok((1, 1))
        );
        async fn with_future<E: From<CancelledError>>(
            a: impl Future<Output = Result<u8, E>>,
            b: Task<u8>,
        ) -> Result<(u8, u8), E> {
            gather!(a, b).await
        }
        let both = with_future(async { Ok::<_, TaskError>(1) }, create_task(async { 2 })).await;
        assert_eq!(both, Ok((1, 2)));
    }
}

#[tokio::test(start_paused = true)]
async fn any_number_of_branches() {
    #[rustfmt::skip]
    let all = gather!(plain(0), plain(1), plain(2), plain(3), plain(4), plain(5), plain(6), plain(7), plain(8), plain(9), plain(10), plain(11), plain(12), plain(13), plain(14), plain(15), plain(16), plain(17), plain(18), plain(19), plain(20), plain(21), plain(22), plain(23), plain(24), plain(25), plain(26), plain(27), plain(28), plain(29), plain(30), plain(31), plain(32), plain(33), plain(34), plain(35), plain(36), plain(37), plain(38), plain(39), plain(40), plain(41), plain(42), plain(43), plain(44), plain(45), plain(46), plain(47), plain(48), plain(49), plain(50), plain(51), plain(52), plain(53), plain(54), plain(55), plain(56), plain(57), plain(58), plain(59), plain(60), plain(61), plain(62), plain(63), plain(64), plain(65), plain(66), plain(67), plain(68), plain(69), plain(70), plain(71), plain(72), plain(73), plain(74), plain(75), plain(76), plain(77), plain(78), plain(79), plain(80), plain(81), plain(82), plain(83), plain(84), plain(85), plain(86), plain(87), plain(88), plain(89), plain(90), plain(91), plain(92), plain(93), plain(94), plain(95), plain(96), plain(97), plain(98), plain(99), plain(100), plain(101), plain(102), plain(103), plain(104), plain(105), plain(106), plain(107), plain(108), plain(109), plain(110), plain(111), plain(112), plain(113), plain(114), plain(115), plain(116), plain(117), plain(118), plain(119), plain(120), plain(121), plain(122), plain(123), plain(124), plain(125), plain(126), plain(127), plain(128), plain(129)).await;
    assert_eq!((all.0, all.12, all.64, all.129), (0, 12, 64, 129));
    #[rustfmt::skip]
    let all = gather!(ok(0), ok(1), ok(2), ok(3), ok(4), ok(5), ok(6), ok(7), ok(8), ok(9), ok(10), ok(11), ok(12), ok(13), ok(14), ok(15), ok(16), ok(17), ok(18), ok(19), ok(20), ok(21), ok(22), ok(23), ok(24), ok(25), ok(26), ok(27), ok(28), ok(29), ok(30), ok(31), ok(32), ok(33), ok(34), ok(35), ok(36), ok(37), ok(38), ok(39), ok(40), ok(41), ok(42), ok(43), ok(44), ok(45), ok(46), ok(47), ok(48), ok(49), ok(50), ok(51), ok(52), ok(53), ok(54), ok(55), ok(56), ok(57), ok(58), ok(59), ok(60), ok(61), ok(62), ok(63), ok(64), ok(65), ok(66), ok(67), ok(68), ok(69), ok(70), ok(71), ok(72), ok(73), ok(74), ok(75), ok(76), ok(77), ok(78), ok(79), ok(80), ok(81), ok(82), ok(83), ok(84), ok(85), ok(86), ok(87), ok(88), ok(89), ok(90), ok(91), ok(92), ok(93), ok(94), ok(95), ok(96), ok(97), ok(98), ok(99), ok(100), ok(101), ok(102), ok(103), ok(104), ok(105), ok(106), ok(107), ok(108), ok(109), ok(110), ok(111), ok(112), ok(113), ok(114), ok(115), ok(116), ok(117), ok(118), ok(119), ok(120), ok(121), ok(122), ok(123), ok(124), ok(125), ok(126), ok(127), ok(128), ok(129), ok(130), ok(131), ok(132), ok(133), ok(134), ok(135), ok(136), ok(137), ok(138), ok(139), ok(140), ok(141), ok(142), ok(143), ok(144), ok(145), ok(146), ok(147), ok(148), ok(149)).await.unwrap();
    assert_eq!(
        (all.0, all.12, all.143, all.144, all.149),
        (0, 12, 143, 144, 149)
    );
    #[rustfmt::skip]
    let named = gather!(b0 = plain(0), b1 = plain(1), b2 = plain(2), b3 = plain(3), b4 = plain(4), b5 = plain(5), b6 = plain(6), b7 = plain(7), b8 = plain(8), b9 = plain(9), b10 = plain(10), b11 = plain(11), b12 = plain(12), b13 = plain(13)).await;
    assert_eq!((named.b0, named.b13), (0, 13));
}

/// Where rustc asks whether a task is `Send` it has forgotten which lifetimes are the same, and so also that
/// the errors of the branches are.
mod errors_with_lifetimes_in_a_task {
    use super::*;

    async fn leaf(n: u32) -> Result<u32, &'static str> {
        plain(n).await;
        if n > 8 { Err("too large") } else { Ok(n) }
    }

    async fn fixed(n: u32) -> Result<u32, &'static str> {
        let (a, b) = gather!(leaf(n), leaf(1)).await?;
        let named = gather!(a = leaf(2), b = leaf(3), c = plain(1)).await?;
        Ok(a + b + named.b)
    }

    async fn spread(n: u32) -> Result<usize, &'static str> {
        let all = gather!(..[leaf(n), leaf(1)]).await?;
        let few = gather!(..(0..3).map(leaf), limit = 2).await?;
        let (mixed, one) = gather!(..all.iter().map(|n| leaf(*n)), plain(1)).await?;
        Ok(all.len() + few.len() + mixed.len() + one as usize)
    }

    async fn whole(n: u32) -> bool {
        let (a, b) = gather!(leaf(n), leaf(9), return_exceptions = true).await;
        a.is_ok() && b == Err("too large")
    }

    #[derive(Debug)]
    struct Text(String);
    impl From<&str> for Text {
        fn from(text: &str) -> Self {
            Text(text.to_owned())
        }
    }

    async fn converted(n: u32) -> Result<(u32, u32), Text> {
        gather!(leaf(n), leaf(1), error = Text).await
    }

    #[rustfmt::skip]
    async fn many(n: u32) -> Result<u32, &'static str> {
        let all = gather!(
            leaf(n), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1),
            leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1),
            leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1),
            leaf(1), leaf(1), plain(7),
        );
        Ok(all.await?.35)
    }

    #[tokio::test]
    async fn every_form_can_be_spawned() {
        assert_eq!(tokio::spawn(fixed(2)).await.unwrap(), Ok(6));
        assert_eq!(tokio::spawn(fixed(9)).await.unwrap(), Err("too large"));
        assert_eq!(tokio::spawn(spread(2)).await.unwrap(), Ok(8));
        assert!(tokio::spawn(whole(2)).await.unwrap());
        let failed = tokio::spawn(converted(9)).await.unwrap().unwrap_err();
        assert_eq!(failed.0, "too large");
        assert_eq!(tokio::spawn(many(2)).await.unwrap(), Ok(7));
    }
}
