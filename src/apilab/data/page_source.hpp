#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include "apilab/data/page_walk.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::runtime {
class TaskGroup;
}  // namespace apilab::runtime

namespace apilab::data {

/// Drives a `PageWalk` over a service: asks, waits, and asks ahead. `Pages<T>` is this with a
/// decoder. The service outlives it and, with `prefetch`, what it has under way.
class PageSource {
public:
    /// Error: `invalid_argument`, as `PageWalk::create`; or `prefetch` without a scheduler.
    [[nodiscard]] static Result<std::unique_ptr<PageSource>> create(runtime::Service& service,
                                                                    http::Request first,
                                                                    PageRules rules,
                                                                    PageOptions options);
    PageSource(const PageSource&) = delete;
    PageSource& operator=(const PageSource&) = delete;
    /// Pages under way ahead are cancelled and not waited for; `close()` waits.
    ~PageSource();

    /// The next item, the error that ends the walk, or nothing. The view is valid until the next
    /// call. One call at a time. A cancellation is such an error (`cancelled`); the checkpoint
    /// stays good.
    [[nodiscard]] runtime::Task<std::optional<Result<http::Json>>> next();
    /// Cancels what is under way ahead and waits for its end.
    [[nodiscard]] runtime::Task<void> close();

    [[nodiscard]] PageWalk& walk() { return walk_; }
    [[nodiscard]] const PageWalk& walk() const { return walk_; }

private:
    struct Slot;
    PageSource(runtime::Service& service, PageWalk walk);
    [[nodiscard]] runtime::CallContext context() const;
    [[nodiscard]] runtime::Task<void> ask();
    [[nodiscard]] runtime::Task<void> ask_ahead();
    [[nodiscard]] runtime::Task<void> fill();
    [[nodiscard]] bool start(const PagePosition& position);
    [[nodiscard]] static runtime::Task<void> fetch(runtime::Service& service,
                                                   std::shared_ptr<Slot> slot,
                                                   runtime::CallContext context);

    runtime::Service& service_;
    PageWalk walk_;
    std::shared_ptr<runtime::TaskGroup> group_;
    /// Under way or there, in the order of the pages.
    std::deque<std::shared_ptr<Slot>> slots_;
};

}  // namespace apilab::data
