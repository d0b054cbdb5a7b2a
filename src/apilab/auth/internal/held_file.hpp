#pragma once

#include <utility>

#include "apilab/auth/token_store.hpp"
#include "apilab/base/file_lock.hpp"

namespace apilab::auth::internal {

/// The right to renew an entry, where it is a lock on a file.
class HeldFile final : public TokenStore::Lock {
public:
    explicit HeldFile(FileLock lock) : lock_(std::move(lock)) {}

private:
    FileLock lock_;
};

}  // namespace apilab::auth::internal
