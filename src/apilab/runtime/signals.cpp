#include "apilab/runtime/signals.hpp"

#include <boost/asio/signal_set.hpp>
#include <utility>

namespace apilab::runtime {

struct Signals::Impl : std::enable_shared_from_this<Impl> {
    Impl(boost::asio::io_context& io, std::function<void(int)> handle)
        : set(io), handler(std::move(handle)) {}

    void wait() {
        set.async_wait(
            [self = shared_from_this()](const boost::system::error_code& error, int number) {
                if (!error && self->handler) {
                    self->wait();
                    self->handler(number);
                }
            });
    }

    boost::asio::signal_set set;
    std::function<void(int)> handler;
};

Signals::Signals(RealScheduler& scheduler, std::initializer_list<int> numbers,
                 std::function<void(int)> handler)
    : impl_(std::make_shared<Impl>(scheduler.io_context(), std::move(handler))) {
    for (const int number : numbers) {
        impl_->set.add(number);
    }
    impl_->wait();
}

Signals::~Signals() {
    impl_->handler = nullptr;
    impl_->set.cancel();
}

}  // namespace apilab::runtime
