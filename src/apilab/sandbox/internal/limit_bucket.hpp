#pragma once

#include <string>
#include <string_view>

#include "apilab/base/secret.hpp"

namespace apilab::sandbox::internal {

/// A bucket for each credential in `authorization` (`anonymous` for none) and resource: the
/// credential's fingerprint, `/` and the resource where there is one.
[[nodiscard]] inline std::string credential_bucket(std::string_view credential,
                                                   std::string_view resource = {}) {
    std::string bucket =
        credential.empty() ? "anonymous" : Secret(std::string(credential)).fingerprint();
    return resource.empty() ? bucket : bucket + '/' + std::string(resource);
}

}  // namespace apilab::sandbox::internal
