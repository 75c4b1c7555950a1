/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../broker/protocol.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int connect_raw(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strcpy(address.sun_path, harness_socket_path());
	int line = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(line, (struct sockaddr *)&address, sizeof(address)), 0);
	return line;
}

static void garbage_costs_only_its_sender_the_connection(void **state)
{
	hb_mem_common_buf_t buffer;
	uint8_t garbage[512];
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &buffer), 0);
	srand(4711);
	for (int round = 0; round < 300; round++) {
		int line = connect_raw();
		size_t length = (size_t)rand() % sizeof(garbage);
		for (size_t i = 0; i < length; i++)
			garbage[i] = (uint8_t)rand();
		if (round % 2) { /* a plausible header before the noise */
			struct broker_request request;
			length = sizeof(request);
			memcpy(&request, garbage, sizeof(request));
			request.magic = BROKER_MAGIC;
			request.type = (uint32_t)(round / 2) % 20;
			memcpy(garbage, &request, sizeof(request));
		}
		send(line, garbage, length, MSG_NOSIGNAL);
		if (round % 3 == 0)
			recv(line, garbage, sizeof(garbage), MSG_DONTWAIT);
		close(line);
	}
	assert_int_equal(hb_mem_get_com_buf(buffer.fd, &buffer), 0);
	assert_int_equal(hb_mem_free_buf(buffer.fd), 0);
}

static void noise_from_a_client_is_survived(void **state)
{
	int line = connect_raw();
	struct broker_request request = {.magic = BROKER_MAGIC, .type = BROKER_HELLO};
	(void)state;
	srand(4712);
	for (int round = 0; round < 2000; round++) {
		struct broker_reply reply;
		if (round) {
			for (size_t i = 0; i < sizeof(request) / 4; i++)
				((uint32_t *)&request)[i] =
					(uint32_t)rand() % 3 ? (uint32_t)rand() % 8 : (uint32_t)rand();
			request.magic = BROKER_MAGIC;
			request.type = (uint32_t)rand() % 11 + 1;
			request.id_count %= BROKER_GROUP_IDS_MAX + 1;
		}
		send(line, &request, sizeof(request), MSG_NOSIGNAL);
		struct pollfd answer = {.fd = line, .events = POLLIN};
		if (poll(&answer, 1, 1000) != 1 || recv(line, &reply, sizeof(reply), 0) <= 0) {
			close(line);
			line = connect_raw();
			request = (struct broker_request){.magic = BROKER_MAGIC, .type = BROKER_HELLO};
			send(line, &request, sizeof(request), MSG_NOSIGNAL);
			recv(line, &reply, sizeof(reply), 0);
		}
	}
	close(line);
	hb_mem_common_buf_t buffer;
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer), 0);
}

/** Send several descriptors where at most one belongs: they must not pile up in the broker. */
static void send_descriptors(int line)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control = {0};
	int fds[4] = {0, 0, 0, 0};
	struct broker_request request = {.magic = BROKER_MAGIC, .type = BROKER_COUNTS};
	struct iovec data = {&request, sizeof(request)};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	control.header =
		(struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(fds)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	sendmsg(line, &message, MSG_NOSIGNAL);
}

static void unasked_descriptors_do_not_pile_up(void **state)
{
	struct broker_reply reply;
	hb_mem_common_buf_t buffer;
	int line = connect_raw();
	(void)state;
	for (int i = 0; i < 3000; i++) {
		send_descriptors(line);
		assert_int_equal(recv(line, &reply, sizeof(reply), 0), sizeof(reply));
	}
	close(line);
	/* With a descriptor kept each time, the broker could not make a memfd now. */
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer), 0);
}

static void client_that_never_reads_is_dropped(void **state)
{
	struct broker_request request = {.magic = BROKER_MAGIC, .type = BROKER_COUNTS};
	hb_mem_common_buf_t buffer;
	int line = connect_raw();
	(void)state;
	while (send(line, &request, sizeof(request), MSG_NOSIGNAL) == sizeof(request))
		;
	close(line);
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer), 0);
}

static void one_client_cannot_take_all_references(void **state)
{
	hb_mem_common_buf_t buffer;
	struct broker_reply reply;
	struct broker_request request = {.magic = BROKER_MAGIC, .type = BROKER_HELLO};
	int line = connect_raw(), accepted = 0;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer), 0);
	send(line, &request, sizeof(request), MSG_NOSIGNAL);
	recv(line, &reply, sizeof(reply), 0);
	request = (struct broker_request){.magic = BROKER_MAGIC,
					  .type = BROKER_IMPORT,
					  .share_id = buffer.share_id,
					  .size = 100,
					  .phys_addr = buffer.phys_addr,
					  .flags = buffer.flags};
	do {
		send(line, &request, sizeof(request), MSG_NOSIGNAL);
		assert_int_equal(recv(line, &reply, sizeof(reply), 0), sizeof(reply));
		accepted += !reply.result;
	} while (!reply.result);
	assert_int_equal(reply.result, HB_MEM_ERR_INSUFFICIENT_MEM);
	assert_true(accepted > 1000);
	close(line);
	assert_int_equal(hb_mem_wait_share_status(buffer.fd, 1, -1), 0);
}

/** The broker's pid, from its status. */
static int read_broker_pid(void)
{
	struct broker_request request = {.magic = BROKER_MAGIC, .type = BROKER_STATUS};
	struct broker_reply reply;
	char text[8192] = {0};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {&reply, sizeof(reply)};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int line = connect_raw(), file = -1, pid = 0;
	send(line, &request, sizeof(request), MSG_NOSIGNAL);
	assert_int_equal(recvmsg(line, &message, MSG_CMSG_CLOEXEC), sizeof(reply));
	memcpy(&file, CMSG_DATA(&control.header), sizeof(file));
	assert_true(pread(file, text, sizeof(text) - 1, 0) > 0);
	close(file);
	close(line);
	char *start = strstr(text, "\"pid\": ");
	assert_non_null(start);
	pid = atoi(start + 7);
	assert_non_null(strstr(text, "\"share_id\": 1"));
	return pid;
}

static void death_of_the_broker_is_an_error_and_a_new_open_starts_another(void **state)
{
	hb_mem_common_buf_t buffer, other;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &buffer), 0);
	assert_int_equal(kill(read_broker_pid(), SIGKILL), 0);
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &other), HB_MEM_ERR_UNKNOWN);
	buffer.virt_addr[0] = 1;
	assert_int_equal(hb_mem_module_close(), 0);
	assert_int_equal(hb_mem_module_open(), 0);
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &other), 0);
}

/** A driver that greets one program and is of the next major version. */
static void *greet_as_another_version(void *listener)
{
	struct broker_request hello;
	const struct broker_reply reply = {.magic = BROKER_MAGIC, .count = BROKER_MAJOR + 1};
	int line = accept(*(const int *)listener, NULL, NULL);
	bool greeted = read(line, &hello, sizeof(hello)) == sizeof(hello) && hello.type == BROKER_HELLO &&
		       write(line, &reply, sizeof(reply)) == sizeof(reply);
	close(line);
	return greeted ? NULL : (void *)1;
}

static void driver_of_another_version_is_refused(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char lock[128];
	pthread_t driver;
	void *failed;
	(void)state;
	assert_int_equal(hb_mem_module_close(), 0);
	harness_await_nothing_left();
	strcpy(address.sun_path, harness_socket_path());
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	pthread_create(&driver, NULL, greet_as_another_version, &listener);
	assert_int_equal(hb_mem_module_open(), HB_MEM_ERR_CHECK_VER_FAIL);
	pthread_join(driver, &failed);
	assert_null(failed);
	close(listener);
	assert_int_equal(unlink(harness_socket_path()), 0);
	snprintf(lock, sizeof(lock), "%s/%s", getenv("ZCF_EMULATION_DIR"), BROKER_LOCK_NAME);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(hb_mem_module_close(), HB_MEM_ERR_MODULE_NOT_FOUND);
}

static void directory_of_somebody_else_is_refused(void **state)
{
	char parent[] = "/tmp/emulation-foreign-XXXXXX";
	char *own = strdup(getenv("ZCF_EMULATION_DIR"));
	(void)state;
	if (geteuid() != 0 || !mkdtemp(parent)) {
		free(own);
		skip(); /* only root can make a directory that is another's */
	}
	assert_int_equal(chown(parent, 65534, 65534), 0);
	assert_int_equal(hb_mem_module_close(), 0);
	setenv("ZCF_EMULATION_DIR", parent, 1);
	assert_int_equal(hb_mem_module_open(), HB_MEM_ERR_MODULE_OPEN_FAIL);
	setenv("ZCF_EMULATION_DIR", own, 1);
	rmdir(parent);
	free(own);
}

static void processes_that_start_together_share_one_broker(void **state)
{
	enum { COUNT = 12 };
	struct peer peers[COUNT];
	bool seen[COUNT + 1] = {false};
	(void)state;
	assert_int_equal(hb_mem_module_close(), 0);
	for (int round = 0; round < 5; round++) {
		harness_await_nothing_left();
		memset(seen, 0, sizeof(seen));
		for (int i = 0; i < COUNT; i++)
			peers[i] = peer_start();
		for (int i = 0; i < COUNT; i++) {
			struct peer_order order = {.action = PEER_ALLOCATE_COMMON, .number = 100, .flags = CPU_ACCESS};
			struct peer_answer answer = peer_do(&peers[i], &order);
			assert_int_equal(answer.result, 0);
			assert_in_range(answer.common.share_id, 1, COUNT);
			assert_false(seen[answer.common.share_id]);
			seen[answer.common.share_id] = true;
		}
		for (int i = 0; i < COUNT; i++)
			peer_end(&peers[i]);
	}
	assert_int_equal(hb_mem_module_open(), 0);
}

static void open_and_close_race_without_losing_the_broker(void **state)
{
	(void)state;
	pid_t children[4];
	assert_int_equal(hb_mem_module_close(), 0);
	for (int i = 0; i < 4; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			hb_mem_common_buf_t buffer;
			for (int round = 0; round < 60; round++) {
				if (hb_mem_module_open())
					_exit(1);
				if (hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer))
					_exit(2);
				if (hb_mem_module_close())
					_exit(3);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 4; i++) {
		int status;
		waitpid(children[i], &status, 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(hb_mem_module_open(), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(garbage_costs_only_its_sender_the_connection),
		opened_test(noise_from_a_client_is_survived),
		opened_test(unasked_descriptors_do_not_pile_up),
		opened_test(client_that_never_reads_is_dropped),
		opened_test(one_client_cannot_take_all_references),
		opened_test(death_of_the_broker_is_an_error_and_a_new_open_starts_another),
		opened_test(driver_of_another_version_is_refused),
		opened_test(directory_of_somebody_else_is_refused),
		opened_test(processes_that_start_together_share_one_broker),
		opened_test(open_and_close_race_without_losing_the_broker),
	};
	return HARNESS_RUN(argc, argv, tests);
}
