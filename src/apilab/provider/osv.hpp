#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apilab/provider/endpoint.hpp"

namespace apilab::provider {

/// OSV.dev: known vulnerabilities of open source packages. Everything here only asks, so every call
/// may be repeated although two of them are POSTs. Source: the OSV API description (google/osv.dev
/// docs/api).
class Osv {
public:
    explicit Osv(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

    /// The same API with no call beyond `deadline`.
    [[nodiscard]] Osv until(SteadyTime deadline) const {
        auto copy = *this;
        copy.endpoint_.deadline = deadline;
        return copy;
    }

    /// The same API over another service, which outlives its calls: one that counts them, say.
    [[nodiscard]] Osv over(runtime::Service& client) const {
        auto copy = *this;
        copy.endpoint_.client = &client;
        return copy;
    }
    /// What it is over.
    [[nodiscard]] runtime::Service& client() const { return *endpoint_.client; }

    /// The same API with its calls within that trace.
    [[nodiscard]] Osv within(http::TraceContext trace) const {
        auto copy = *this;
        copy.endpoint_.trace = trace;
        return copy;
    }

    struct Package {
        /// `npm`; case matters.
        std::string ecosystem = "npm";
        std::string name;
        /// Empty: every version.
        std::string version;
    };
    struct Hit {
        std::string id;
        std::string modified;
    };
    /// At most so many packages go into one `querybatch` request.
    static constexpr std::size_t batch_max = 1000;
    /// Pages of one query; more is an error (`too_large`), not a silent cut.
    static constexpr std::size_t pages_max = 100;

    /// Which advisories hit which package: one list per package, in the order asked. Pages of
    /// single packages are fetched until no token is left; requests of more than `batch_max` are
    /// split.
    [[nodiscard]] runtime::Task<Result<std::vector<std::vector<Hit>>>> query_batch(
        std::vector<Package> packages) const;
    /// The full records for one package, all pages; each document is an answer with `vulns`.
    [[nodiscard]] runtime::Task<Result<std::vector<http::JsonDocument>>> query(
        Package package) const;
    /// One record.
    [[nodiscard]] runtime::Task<Result<http::JsonDocument>> vulnerability(std::string id) const;

private:
    Endpoint endpoint_;
};

}  // namespace apilab::provider
