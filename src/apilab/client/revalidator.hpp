#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>

#include "apilab/runtime/service.hpp"

namespace apilab::client {

struct RevalidatorOptions {
    /// Bodies kept, in bytes all together. Default 64 MiB; the entry unused longest goes first.
    std::size_t size_max = std::size_t{64} << 20U;
};

/// Asks again only for what has changed: remembers the `ETag` of each GET that was answered 200,
/// sends it back as `If-None-Match`, and turns the 304 into the answer it stands for (RFC 9110
/// section 13.1.2). The call's record still says 304, so that the saving can be counted. Kept in
/// memory, by URL and the request's `accept` and `authorization` (whose answers may differ). It
/// never answers without asking.
///
/// The inner service outlives it. Errors and cancellation: those of the inner service.
class Revalidator final : public runtime::Service {
public:
    explicit Revalidator(runtime::Service& inner, RevalidatorOptions options = {});

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// Bytes of bodies kept.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    struct Entry {
        std::string etag;
        http::Response response;
        std::list<std::string>::iterator use;
    };
    void keep(const std::string& key, const http::Response& response);
    void forget(std::map<std::string, Entry, std::less<>>::iterator entry);

    runtime::Service& inner_;
    RevalidatorOptions options_;
    std::map<std::string, Entry, std::less<>> entries_;
    // Least recently used first.
    std::list<std::string> uses_;
    std::size_t size_ = 0;
};

}  // namespace apilab::client
