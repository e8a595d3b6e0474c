//! Errors that a group is told of by those who cannot return them.

use super::group::{CONTROL, Flavour, GroupHandle};
use std::panic::Location;

impl<E, M: Flavour> GroupHandle<'_, E, M> {
    /// Tells the group of an error, as if a child had returned it: the others are cancelled, and it is in the
    /// [`ExceptionGroup`](crate::ExceptionGroup), which says where it was told.
    ///
    /// It is for cleanup that can fail. In asyncio an exception raised in a `finally` is in the group; here the
    /// future of [`finally`](crate::finally()) has nobody to return an error to.
    ///
    /// # Errors
    ///
    /// With the error, if the group has ended or was dropped: nobody can be told of it there.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{finally, sleep, task_group};
    ///
    /// #[asyncio::main]
    /// async fn main() {
    ///     let ended = task_group!(move |tg| {
    ///         let handle = tg.handle();
    ///         tg.create_task(async move {
    ///             let _guard = finally(async move {
    ///                 if let Err(late) = handle.fail("it does not close") {
    ///                     println!("nobody is left to hear: {late}");
    ///                 }
    ///             });
    ///             sleep(3600).await;
    ///         });
    ///         sleep(0.01).await;
    ///         Err::<(), _>("enough")
    ///     });
    ///     assert_eq!(ended.await.unwrap_err().errors(), ["it does not close", "enough"]);
    /// }
    /// ```
    #[track_caller]
    pub fn fail(&self, error: E) -> Result<(), E> {
        let mut state = self.shared.lock();
        if self.shared.stop.has_ended() {
            return Err(error);
        }
        state.told.push((error, Location::caller()));
        self.shared.stop.tell();
        drop(state);
        self.shared.wakes.wake(CONTROL);
        Ok(())
    }
}
