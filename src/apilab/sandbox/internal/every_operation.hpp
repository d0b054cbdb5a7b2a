#pragma once

// For tests: a request for every operation of every provider, made from the route tables.

#include <functional>
#include <string>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::internal {

/// One request of the seed world's clients: places filled with its ids, credentials and a body that
/// the operation takes.
struct OperationCall {
    std::string provider;
    std::string operation;
    /// With the provider's prefix.
    std::string target;
    http::Request request;
};

/// What an earlier answer said: asks for a path with the client's credentials and gives the string
/// at a JSON pointer; empty where there is none.
using LookUp = std::function<std::string(const http::Request& request, std::string_view pointer)>;

/// Every route of `provider`, in the order of its table, those that delete last. `seed` is whose
/// credentials are sent; what only the world can tell (ids of pages, an access token) is looked up.
[[nodiscard]] std::vector<OperationCall> every_operation(const Provider& provider,
                                                         std::uint64_t seed, const LookUp& look_up);

}  // namespace apilab::sandbox::internal
