#include "apilab/testing/harness.hpp"

#include <stdexcept>
#include <utility>

namespace apilab::testing {

Harness::Harness(HarnessOptions options) : transport_(scheduler_), rng_(options.seed) {
    auto client =
        client::Client::create(scheduler_, transport_, rng_, std::move(options.client), {&log_});
    if (!client) {
        throw std::invalid_argument("Harness: " + client.error().to_string());
    }
    client_ = std::move(*client);
}

Result<http::Response> Harness::send(http::Request request, client::CallOptions options) {
    return runtime::run(scheduler_, client_->send(std::move(request), std::move(options)));
}

Result<http::Response> Harness::get(std::string url, client::CallOptions options) {
    return runtime::run(scheduler_, client_->get(std::move(url), std::move(options)));
}

Result<http::Response> Harness::post(std::string url, std::string body,
                                     client::CallOptions options) {
    return runtime::run(scheduler_,
                        client_->post(std::move(url), std::move(body), std::move(options)));
}

}  // namespace apilab::testing
