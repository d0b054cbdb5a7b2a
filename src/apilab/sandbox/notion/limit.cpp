// What `[limits.notion]` of a scenario needs: a limit is for a connection.

#include "apilab/sandbox/internal/limit_bucket.hpp"
#include "apilab/sandbox/notion/provider.hpp"

namespace apilab::sandbox::notion {

std::string NotionProvider::limit_bucket(const Incoming& incoming) const {
    return internal::credential_bucket(incoming.request->headers().value("authorization"));
}

}  // namespace apilab::sandbox::notion
