#include "digest.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace exercise {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::array<const char*, 3> sources = {"npm", "osv", "github"};

std::string page_of(const std::map<std::string, Part>& parts) {
    json::object page;
    for (const auto& [source, part] : parts) {
        json::object shown{{"state", part.state}, {"value", part.value}};
        if (part.age) {
            shown["age_ms"] = *part.age / 1ms;
        }
        page[source] = std::move(shown);
    }
    return serialize(json::object{{"parts", std::move(page)}});
}

}  // namespace

Task<Result<Response>> DigestService::call(Request request,
                                           apilab::runtime::CallContext /*context*/) {
    const std::string path = request.url().path();
    if (path == "/healthz") {
        co_return Response(healthy() ? 200 : 503);
    }
    if (path == "/readyz") {
        co_return Response(draining_ ? 503 : 200);
    }
    if (path == "/metrics") {
        co_return Response(200, metrics_.text());
    }
    std::map<std::string, Part> parts;
    ++inside_;
    co_await lab_.side_by_side(sources.size(), [&](Lab& /*lab*/, std::size_t i) {
        return fill(parts, sources[i], request);
    });
    --inside_;
    const bool whole =
        std::ranges::none_of(parts, [](const auto& one) { return one.second.state.empty(); });
    co_return whole ? Response::json(200, page_of(parts)) : Response(502, "no page without it\n");
}

Task<void> DigestService::fill(std::map<std::string, Part>& parts, std::string source,
                               Request visit) {
    parts[source] = co_await part(source, std::move(visit));
}

Request DigestService::request_for(const Request& visit, std::string_view source) const {
    const std::string path = visit.url().path();
    return about(lab_, source, path.substr(path.rfind('/') + 1))
        .header("x-request-id", std::string(visit.headers().value("x-request-id")));
}

Task<Result<Response>> DigestService::fetch(std::string source, Request request,
                                            Duration patience) {
    apilab::http::AttemptRecord attempt;
    const apilab::http::CallRecord call{.method = request.method(),
                                        .url_template = url_template_of(source)};
    auto answer =
        co_await apilab::transport::send(lab_.transport(), std::move(request),
                                         {.timeouts = {.attempt = patience}, .attempt = &attempt});
    metrics_.on_attempt(call, attempt);
    co_return answer;
}

Task<void> DigestService::drain() {
    for (draining_ = true; inside_ > 0;) {
        co_await lab_.sleep(10ms);
    }
    lab_.hand_in("metrics", metrics_.text());
}

}  // namespace exercise
