#pragma once

#include <list>
#include <optional>
#include <string>

#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"
#include "apilab/runtime/context.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::client::internal {

/// One question that several calls wait for. It belongs to no caller: it goes on when the one who
/// asked first leaves, and is cancelled by the last who does.
struct Flight {
    Flight(runtime::Scheduler& scheduler, http::Request its_request,
           runtime::CallContext its_context)
        : request(std::move(its_request)), context(std::move(its_context)), tasks(scheduler) {}

    std::string key;
    /// Of the call that asked first.
    std::string leader;
    http::Request request;
    runtime::CallContext context;
    std::optional<Result<http::Response>> result;
    /// Written while it flies.
    std::shared_ptr<http::CallRecord> record = std::make_shared<http::CallRecord>();
    std::list<runtime::Event*> waiting;
    std::size_t interested = 0;
    runtime::TaskGroup tasks;
};

}  // namespace apilab::client::internal
