#pragma once

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::auth {

/// Where an access token comes from. Belongs to its scheduler's thread and outlives its tasks.
class TokenSource {
public:
    TokenSource() = default;
    TokenSource(const TokenSource&) = delete;
    TokenSource& operator=(const TokenSource&) = delete;
    virtual ~TokenSource() = default;

    /// The present token, where it is good and nothing has to be done about it: what `token()`
    /// would give, without a coroutine and a copy. Valid until the next suspension. Null: ask
    /// `token()`.
    [[nodiscard]] virtual const Secret* ready() const { return nullptr; }
    /// A token that is believed to be good. Errors: `deadline` where none came in time,
    /// `cancelled`, and those of the source.
    [[nodiscard]] virtual runtime::Task<Result<Secret>> token(
        SteadyTime deadline = SteadyTime::max()) = 0;
    /// A server took this token: an answer other than 401 came. A source may learn from it.
    virtual void accepted(const Secret& /*token*/) {}
    /// Another one than `refused`, which a server has just refused with 401. Where a newer one is
    /// there already, that one and at once. Errors as of `token`.
    [[nodiscard]] virtual runtime::Task<Result<Secret>> replace(
        Secret refused, SteadyTime deadline = SteadyTime::max()) = 0;
};

}  // namespace apilab::auth
