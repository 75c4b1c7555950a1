/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include "harness.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static uint8_t *at(const struct peer_order *order)
{
	return (uint8_t *)(uintptr_t)order->address;
}

static int32_t obey(struct peer_order *order, struct peer_answer *answer)
{
	switch (order->action) {
	case PEER_IMPORT_COMMON:
		return hb_mem_import_com_buf(&order->common, &answer->common);
	case PEER_IMPORT_PICTURE:
		return hb_mem_import_graph_buf(&order->picture, &answer->picture);
	case PEER_IMPORT_GROUP:
		return hb_mem_import_graph_buf_group(&order->group, &answer->group);
	case PEER_ALLOCATE_COMMON:
		return hb_mem_alloc_com_buf((uint64_t)order->number, order->flags, &answer->common);
	case PEER_FREE:
		return hb_mem_free_buf((int32_t)order->number);
	case PEER_CONSUME:
		return hb_mem_inc_com_buf_consume_cnt(&order->common);
	case PEER_UNCONSUME:
		return hb_mem_dec_consume_cnt((int32_t)order->number);
	case PEER_READ:
		answer->number = *(volatile uint8_t *)at(order);
		return 0;
	case PEER_WRITE:
		*(volatile uint8_t *)at(order) = (uint8_t)order->number;
		return 0;
	case PEER_FLUSH:
		return hb_mem_flush_buf_with_vaddr(order->address, (uint64_t)order->number);
	case PEER_INVALIDATE:
		return hb_mem_invalidate_buf_with_vaddr(order->address, (uint64_t)order->number);
	case PEER_CLOSE_MODULE:
		return hb_mem_module_close();
	}
	return HB_MEM_ERR_UNKNOWN;
}

int peer_main(int line)
{
	struct peer_order order;
	/* A sanitizer would turn the death that a test waits for into an exit of its own. */
	signal(SIGSEGV, SIG_DFL);
	alarm(120);
	if (hb_mem_module_open())
		return 3;
	while (recv(line, &order, sizeof(order), 0) == sizeof(order)) {
		struct peer_answer answer = {0};
		answer.result = obey(&order, &answer);
		if (send(line, &answer, sizeof(answer), 0) != sizeof(answer))
			return 4;
	}
	return 0;
}

struct peer peer_start(void)
{
	int lines[2];
	char number[16];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lines), 0);
	pid_t pid = fork();
	if (pid == 0) {
		fcntl(lines[1], F_SETFD, 0);
		snprintf(number, sizeof(number), "%d", lines[1]);
		execl("/proc/self/exe", "peer", "peer", number, (char *)NULL);
		_exit(127);
	}
	close(lines[1]);
	assert_true(pid > 0);
	return (struct peer){pid, lines[0]};
}

struct peer_answer peer_do(const struct peer *peer, const struct peer_order *order)
{
	struct peer_answer answer = {0};
	assert_int_equal(send(peer->line, order, sizeof(*order), MSG_NOSIGNAL), sizeof(*order));
	assert_int_equal(recv(peer->line, &answer, sizeof(answer), 0), sizeof(answer));
	return answer;
}

int peer_do_and_die(struct peer *peer, const struct peer_order *order)
{
	struct peer_answer answer;
	int status = 0;
	assert_int_equal(send(peer->line, order, sizeof(*order), MSG_NOSIGNAL), sizeof(*order));
	assert_int_equal(recv(peer->line, &answer, sizeof(answer), 0), 0);
	assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
	close(peer->line);
	assert_true(WIFSIGNALED(status));
	return WTERMSIG(status);
}

void peer_kill(struct peer *peer)
{
	kill(peer->pid, SIGKILL);
	waitpid(peer->pid, NULL, 0);
	close(peer->line);
}

void peer_end(struct peer *peer)
{
	int status;
	close(peer->line);
	assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}
