import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ActivityRecorder } from './activity-recorder.ts';
import { ConnectionPruner } from './connection-pruner.ts';
import { ConnectionStatus } from './connection-status.ts';
import { HeartbeatController } from './heartbeat.controller.ts';
import { HeartbeatStore } from './heartbeat-store.ts';
import { ProjectConnection } from './project-connection.entity.ts';

/** Which instances are alive. */
@Module({
  imports: [TypeOrmModule.forFeature([ProjectConnection])],
  controllers: [HeartbeatController],
  providers: [HeartbeatStore, ActivityRecorder, ConnectionStatus, ConnectionPruner],
  exports: [ActivityRecorder, HeartbeatStore],
})
export class HeartbeatModule {}
