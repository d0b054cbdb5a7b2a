#include "apilab/sandbox/internal/ask_provider.hpp"

#include <cassert>
#include <utility>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/path_pattern.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox {
AskProvider::AskProvider(Provider& provider)
    : provider_(provider), router_(Router::make(provider.routes()).value()) {}

http::Response AskProvider::send(std::string method, std::string_view target,
                                 const http::Headers& headers, std::string body) const {
    auto url = http::Url::parse(base_url + std::string(target));
    assert(url);
    http::Request request(std::move(method), *std::move(url));
    request.body(std::move(body));
    for (const auto& [name, value] : headers) {
        request.headers().add(name, value);
    }
    if (!headers.contains("user-agent") && !user_agent.empty()) {
        request.header("user-agent", user_agent);
    }
    const auto match =
        router_.find(request.method(), split_path(target.substr(0, target.find('?'))));
    if (match.route == nullptr) {
        operation = "unknown";
        return provider_.unknown_path(request);
    }
    operation = match.route->operation;
    facts.clear();
    const Incoming incoming{.request = &request,
                            .route = match.route,
                            .path = match.values,
                            .query = split_query(request.url().query()),
                            .now = now,
                            .system_now = system_now,
                            .base_url = base_url,
                            .auth = auth,
                            .facts = &facts,
                            .hub = hub};
    provider_.describe(incoming);
    return provider_.answer(incoming);
}

http::Response AskProvider::follow(std::string_view link, const http::Headers& headers) const {
    assert(link.starts_with(base_url));
    return get(link.substr(base_url.size()), headers);
}

http::Json parsed(const http::Response& reply, http::JsonDocument& keep) {
    auto document = http::JsonDocument::parse(reply.body());
    assert(document);
    keep = *std::move(document);
    return keep.root();
}

}  // namespace apilab::sandbox
