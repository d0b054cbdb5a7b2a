#include "apilab/client/blocking.hpp"

#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <map>
#include <string_view>
#include <thread>
#include <utility>

#include "apilab/base/environment.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/try.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace apilab::client::blocking {

namespace asio = boost::asio;

struct Client::Impl {
    explicit Impl(const Options& options)
        : rng(options.seed.value_or(fresh_seed())),
          transport(scheduler, transport::AsioTransportOptions{.proxy = options.proxy,
                                                               .ca_file = options.ca_file}),
          calls(scheduler),
          work(scheduler.io_context().get_executor()) {}

    void run() { scheduler.run(); }

    runtime::RealScheduler scheduler;
    SeededRng rng;
    transport::AsioTransport transport;
    std::unique_ptr<client::Client> client;
    runtime::TaskGroup calls;
    asio::executor_work_guard<asio::io_context::executor_type> work;
    std::thread thread;
};

namespace {

using Answer = std::promise<Result<http::Response>>;

runtime::Task<void> answer_call(client::Client& client, http::Request request, CallOptions options,
                                std::shared_ptr<Answer> answer) {
    answer->set_value(co_await client.send(std::move(request), std::move(options)));
}

}  // namespace

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<Client> Client::create(Options options) {
    auto impl = std::make_unique<Impl>(options);
    APILAB_TRY(impl->client, client::Client::create(impl->scheduler, impl->transport, impl->rng,
                                                    std::move(options.client)));
    impl->thread = std::thread(&Impl::run, impl.get());
    return Client(std::move(impl));
}

Result<Client> Client::from_environment(Options options) {
    if (!options.proxy.http && !options.proxy.https) {
        APILAB_TRY(options.proxy, transport::ProxyOptions::from_environment(process_environment()));
    }
    return create(std::move(options));
}

Client::~Client() {
    if (impl_ && impl_->thread.joinable()) {
        impl_->scheduler.stop();
        impl_->thread.join();
    }
}

Result<http::Response> Client::send(http::Request request, CallOptions options) {
    if (std::this_thread::get_id() == impl_->thread.get_id()) {
        return fail(Error(ErrorKind::internal,
                          "a blocking call from the client's own thread would never end")
                        .with_remedy("use client::Client inside tasks and observers"));
    }
    const auto answer = std::make_shared<Answer>();
    auto result = answer->get_future();
    asio::post(impl_->scheduler.io_context(), [impl = impl_.get(), request = std::move(request),
                                               options = std::move(options), answer]() mutable {
        impl->calls.spawn(
            answer_call(*impl->client, std::move(request), std::move(options), answer));
    });
    return result.get();
}

Result<http::Response> Client::get(const std::string& url, CallOptions options) {
    APILAB_TRY(auto parsed, http::Url::parse(url));
    return send(http::Request::get(std::move(parsed)), std::move(options));
}

Result<http::Response> Client::post(const std::string& url, std::string body, CallOptions options) {
    APILAB_TRY(auto parsed, http::Url::parse(url));
    return send(http::Request::post(std::move(parsed), std::move(body)), std::move(options));
}

std::string Client::describe() const {
    return impl_->client->describe();
}

}  // namespace apilab::client::blocking
