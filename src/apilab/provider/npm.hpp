#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apilab/base/secret.hpp"
#include "apilab/provider/endpoint.hpp"

namespace apilab::provider {

/// The npm registry's reading side. Source: the registry's own documentation
/// (`docs/REGISTRY-API.md` and `responses/package-metadata.md` of npm/registry).
class Npm {
public:
    struct Options {
        /// Sent as a bearer token where set.
        std::optional<Secret> token;
    };
    explicit Npm(Endpoint endpoint, Options options = {})
        : endpoint_(std::move(endpoint)), options_(std::move(options)) {}

    /// The same API with no call beyond `deadline`.
    [[nodiscard]] Npm until(SteadyTime deadline) const {
        auto copy = *this;
        copy.endpoint_.deadline = deadline;
        return copy;
    }

    /// The same API over another service, which outlives its calls: one that counts them, say.
    [[nodiscard]] Npm over(runtime::Service& client) const {
        auto copy = *this;
        copy.endpoint_.client = &client;
        return copy;
    }
    /// What it is over.
    [[nodiscard]] runtime::Service& client() const { return *endpoint_.client; }

    /// The same API with its calls within that trace.
    [[nodiscard]] Npm within(http::TraceContext trace) const {
        auto copy = *this;
        copy.endpoint_.trace = trace;
        return copy;
    }

    /// Which document: `full` has publish times and the repository and may be many megabytes;
    /// `abbreviated` has what an installer needs.
    enum class Form : std::uint8_t { full, abbreviated };

    /// All about one package. `name` as in package.json (`lodash`, `@types/node`). A package that
    /// the registry does not know is the error `status` with status 404.
    [[nodiscard]] runtime::Task<Result<http::JsonDocument>> packument(std::string name,
                                                                      Form form) const;

private:
    Endpoint endpoint_;
    Options options_;
};

}  // namespace apilab::provider
