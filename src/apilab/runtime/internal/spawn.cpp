#include "apilab/runtime/internal/spawn.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace apilab::runtime::internal {
namespace {

// Cancellation arrives as an error value from the operation that was waiting, never as an
// exception.
Task<void> without_throwing(Task<void> task) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_await std::move(task);
}

}  // namespace

void spawn(const boost::asio::any_io_executor& executor, Task<void> task,
           boost::asio::cancellation_slot slot, std::function<void(std::exception_ptr)> done) {
    boost::asio::co_spawn(executor, without_throwing(std::move(task)),
                          boost::asio::bind_cancellation_slot(slot, std::move(done)));
}

std::shared_ptr<Root> spawn_root(const boost::asio::any_io_executor& executor, Task<void> task) {
    auto root = std::make_shared<Root>();
    spawn(executor, std::move(task), {}, [root](std::exception_ptr error) {
        root->done = true;
        root->failure = std::move(error);
    });
    return root;
}

}  // namespace apilab::runtime::internal
