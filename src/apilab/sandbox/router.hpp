#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/sandbox/path_pattern.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox {

/// Finds the operation that a request means among a provider's routes.
class Router {
public:
    struct Match {
        const Route* route = nullptr;
        std::map<std::string, std::string> values;
    };

    /// Refers to `routes`, which outlive it. Errors (`invalid_argument`): a template that cannot be
    /// read, an operation named twice.
    [[nodiscard]] static Result<Router> make(std::span<const Route> routes);

    /// The most specific route of that method, else a null route. HEAD means GET.
    [[nodiscard]] Match find(std::string_view method, std::span<const std::string> segments) const;

private:
    struct Entry {
        const Route* route = nullptr;
        PathPattern pattern;
    };
    // Most specific first; those of one rank in the order given.
    std::vector<Entry> entries_;
};

}  // namespace apilab::sandbox
