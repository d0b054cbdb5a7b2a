#include "apilab/client/revalidator.hpp"

#include <utility>

namespace apilab::client {
namespace {

// Separated by a byte that cannot stand in a URL or a header value.
std::string key_of(const http::Request& request) {
    std::string key = request.url().to_string();
    for (const char* name : {"accept", "authorization"}) {
        key += '\0';
        key += request.headers().value(name);
    }
    return key;
}

bool may_be_kept(const http::Response& response) {
    return response.status() == 200 && response.headers().contains("etag") &&
           !response.headers().value("cache-control").contains("no-store");
}

}  // namespace

Revalidator::Revalidator(runtime::Service& inner, RevalidatorOptions options)
    : inner_(inner), options_(options) {}

runtime::Task<Result<http::Response>> Revalidator::call(http::Request request,
                                                        runtime::CallContext context) {
    if (request.method() != "GET" || request.headers().contains("if-none-match")) {
        co_return co_await inner_.call(std::move(request), std::move(context));
    }
    const std::string key = key_of(request);
    const auto known = entries_.find(key);
    const bool asked = known != entries_.end();
    if (asked) {
        request.header("if-none-match", known->second.etag);
        uses_.splice(uses_.end(), uses_, known->second.use);
    }
    auto reply = co_await inner_.call(request, context);
    if (!reply) {
        co_return reply;
    }
    if (asked && reply->status() == 304) {
        const auto entry = entries_.find(key);
        if (entry == entries_.end()) {  // pushed out while we waited: ask for the whole
            request.headers().remove("if-none-match");
            co_return co_await inner_.call(std::move(request), std::move(context));
        }
        http::Response stored = entry->second.response;
        stored.record(reply->record());
        co_return stored;
    }
    if (may_be_kept(*reply)) {
        keep(key, *reply);
    }
    co_return reply;
}

void Revalidator::keep(const std::string& key, const http::Response& response) {
    if (const auto old = entries_.find(key); old != entries_.end()) {
        forget(old);
    }
    if (response.body().size() > options_.size_max) {
        return;
    }
    while (size_ + response.body().size() > options_.size_max) {
        forget(entries_.find(uses_.front()));
    }
    uses_.push_back(key);
    Entry entry{.etag = std::string(response.headers().value("etag")),
                .response = response,
                .use = std::prev(uses_.end())};
    entry.response.record(nullptr);
    size_ += response.body().size();
    entries_.emplace(key, std::move(entry));
}

void Revalidator::forget(std::map<std::string, Entry, std::less<>>::iterator entry) {
    size_ -= entry->second.response.body().size();
    uses_.erase(entry->second.use);
    entries_.erase(entry);
}

}  // namespace apilab::client
