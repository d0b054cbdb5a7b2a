#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <functional>
#include <memory>

#include "apilab/runtime/task.hpp"

namespace apilab::runtime::internal {

/// The one place that spells `co_spawn` (it costs seconds of compile time wherever it stands). The
/// task is cancelled through `slot`, and `done` is called when it is over, but never from within
/// this call. On the executor's own thread the task starts at once, elsewhere when the executor
/// runs.
void spawn(const boost::asio::any_io_executor& executor, Task<void> task,
           boost::asio::cancellation_slot slot, std::function<void(std::exception_ptr)> done);

/// A task that `run_until_complete` waits for. Shared with the task, which may outlive the wait.
struct Root {
    bool done = false;
    std::exception_ptr failure;
};
[[nodiscard]] std::shared_ptr<Root> spawn_root(const boost::asio::any_io_executor& executor,
                                               Task<void> task);

}  // namespace apilab::runtime::internal
