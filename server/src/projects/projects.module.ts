import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProjectScope } from '../http/project-scope.ts';
import { ApiKeyAuthenticator } from './api-key-authenticator.ts';
import { ApiKey } from './api-key.entity.ts';
import { ApiKeysController } from './api-keys.controller.ts';
import { ApiKeyStore } from './api-key-store.ts';
import { ProjectDeletions } from './project-deletions.ts';
import { ProjectDirectory } from './project-directory.ts';
import { ProjectPurge } from './project-purge.ts';
import { ProjectStore } from './project-store.ts';
import { Project } from './project.entity.ts';
import { ProjectsController } from './projects.controller.ts';

/** Projects and their keys. Global: every feature asks which project a request or an entry is about. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([Project, ApiKey])],
  controllers: [ProjectsController, ApiKeysController],
  providers: [
    ProjectDirectory,
    ProjectDeletions,
    ProjectStore,
    ProjectPurge,
    ApiKeyStore,
    ApiKeyAuthenticator,
    {
      provide: ProjectScope,
      inject: [ProjectDirectory],
      useFactory: (directory: ProjectDirectory) => new ProjectScope({ find: (id) => directory.recall(id) }),
    },
  ],
  exports: [ProjectDirectory, ProjectDeletions, ApiKeyAuthenticator, ProjectScope],
})
export class ProjectsModule {}
