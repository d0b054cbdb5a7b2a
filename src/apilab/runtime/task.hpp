#pragma once

#include <boost/asio/awaitable.hpp>

namespace apilab::runtime {

/// The one coroutine type. Lazy: nothing happens until it is awaited or handed to a `TaskGroup`.
/// Parameters are taken by value, because a Task may outlive the expression that made it.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace apilab::runtime
