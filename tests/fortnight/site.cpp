#include "site.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "apilab/base/clock.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/wire.hpp"

namespace apilab::fortnight {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

http::Response reset() {
    http::Response none(500);
    none.wire(std::make_shared<http::WirePlan>(
        http::WirePlan{.reset = http::WirePlan::Reset::before_response}));
    return none;
}

// Longer than any sender's patience.
constexpr Duration too_long = 1min;

}  // namespace

std::string name_of(const http::Request& request) {
    const auto& path = request.url().path();
    const std::string sender = path.substr(path.rfind('/') + 1);
    std::string id(request.headers().value("x-github-delivery"));
    if (sender != "github") {
        const auto document = http::JsonDocument::parse(request.body());
        const std::string_view field = sender == "slack" ? "event_id" : "id";
        id = document ? document->root()[field].string_or("") : "";
    }
    return id.empty() ? id : sender + ":" + id;
}

// Of a hundred deliveries six fare badly.
Trouble Site::accident() {
    if (trouble_ != Trouble::none || calm_) {
        return trouble_;
    }
    switch (rng_.between(0, 49)) {
        case 0:
            return Trouble::unreachable;
        case 1:
            return Trouble::silent;
        case 2:
            return Trouble::answers_lost;
        default:
            return Trouble::none;
    }
}

Task<Result<http::Response>> Site::ask(http::Request request) {
    const std::string name = name_of(request);
    ++asked_;
    auto answer = co_await service_->call(request, {});
    --asked_;
    if (answer && answer->ok() && !name.empty()) {
        taken_.insert(name);
        caught_.insert_or_assign(name.substr(0, name.find(':')), std::move(request));
    }
    co_return answer;
}

Task<Result<http::Response>> Site::call(http::Request request, runtime::CallContext /*context*/) {
    const Trouble trouble = accident();
    if (trouble == Trouble::unreachable) {
        co_return http::Response(rng_.between(0, 1) == 0 ? 502 : 500);
    }
    if (trouble == Trouble::silent) {
        (void)co_await scheduler_.sleep_for(too_long);
        co_return http::Response(504);
    }
    if (service_ == nullptr) {
        co_return reset();
    }
    auto answer = co_await ask(std::move(request));
    if (trouble != Trouble::answers_lost) {
        co_return answer;
    }
    unheard_ += answer && answer->ok() ? 1U : 0U;
    if (rng_.between(0, 1) == 0) {
        co_return reset();
    }
    (void)co_await scheduler_.sleep_for(too_long);
    co_return answer;
}

}  // namespace apilab::fortnight
